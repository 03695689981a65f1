"""Words spoken in the room or over the phone: as heard by whoever wrote them down, until the speaker confirms them."""
