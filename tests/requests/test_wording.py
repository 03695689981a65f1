"""“Data protection” is not a reason, however it is spelt; a reason that speaks of this request is."""

import pytest

from hub.errors import Refused
from hub.requests.rules import check_refusal
from hub.requests.wording import Emptiness, emptiness

NOT_A_REASON = [
    "GDPR",
    "gdpr",
    "G.D.P.R.",
    "G D P R",
    "g-d-p-r",
    "UK GDPR",
    "UKGDPR",
    "EU GDPR",
    "GDPR.",
    "GPDR",
    "GDRP",
    "gdprr",
    "GDPR!!!",
    "Because of GDPR",
    "GDPR reasons",
    "due to GDPR regulations we cannot share this information",
    "Sorry, we are not allowed to share because of GDPR",
    "This is prohibited under the GDPR.",
    "GDPR applies",
    "It would be a breach of GDPR",
    "Article 6 GDPR",
    "GDPR Art. 9",
    "GDPR 2018",
    "GDPR / DPA 2018",
    "DPA",
    "D.P.A. 2018",
    "the Data Protection Act 2018",
    "Data protection",
    "data-protection",
    "dataprotection",
    "Data  Protection",
    "DATA PROTECTION LAW",
    "data protecion",
    "data protction reasons",
    "date protection",
    "Dàta Prötection",
    "data\u200b protection",
    "data pr0tection",
    "We can't, data protection",
    "We can’t, it’s data protection I’m afraid",
    "Data protection issues",
    "data protection policy does not permit us to disclose",
    "Unable to release records owing to data protection",
    "Data protection, sorry mate",
    "data privacy",
    "Privacy",
    "Privacy law",
    "Confidential",
    "Patient confidentiality",
    "information governance rules",
    "IG said no",
    "The DPO says no",
    "ICO guidance",
]
SAYS_NOTHING = ["Not allowed", "we cannot share this information", "For legal reasons", "No.", "", "...", "Policy"]
SPEAKS = [
    "Her sister rang us in confidence and he would know that it was her.",
    "The charging decision is due on Friday and the suspect’s phone is being read.",
    "GDPR aside, the neighbour who rang would be known at once and was threatened last year.",
    "Data protection lead asked: the file names a child of another family.",
    "The record belongs to the ambulance service.",
    "Solicitor’s advice in the care proceedings.",
    "Nothing in the question bears on the safety of the boy.",
]


@pytest.mark.parametrize("words", NOT_A_REASON)
def test_data_protection_is_not_a_reason(words: str) -> None:
    assert emptiness(words) is Emptiness.data_protection


@pytest.mark.parametrize("words", SAYS_NOTHING)
def test_filler_is_not_a_reason_either(words: str) -> None:
    assert emptiness(words) is Emptiness.no_words


@pytest.mark.parametrize("words", SPEAKS)
def test_what_speaks_of_this_request_is_a_reason(words: str) -> None:
    assert emptiness(words) is None
    check_refusal(words, gateway="ca2004-16la", review_time="1 working day")


def test_it_is_answered_with_the_law_and_the_way_to_advice() -> None:
    with pytest.raises(Refused) as refused:
        check_refusal("GDPR", gateway="cda1998-115", review_time="2 hub hours")
    assert "Crime and Disorder Act 1998 section 115" in refused.value.sentence
    assert "data-protection lead, who answers within 2 hub hours" in refused.value.sentence
    assert refused.value.field == "because"
