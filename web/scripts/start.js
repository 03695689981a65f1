// Runs before the page is drawn: tells the styles that scripts work, as GOV.UK Frontend expects.
document.documentElement.classList.add("hub-js");
document.addEventListener("DOMContentLoaded", () => {
  document.body.classList.add("js-enabled");
  if ("noModule" in HTMLScriptElement.prototype) document.body.classList.add("govuk-frontend-supported");
});
