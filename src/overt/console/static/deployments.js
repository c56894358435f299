// The planner's slider: shows the step that it stands at; every step is on the page already.

const slider = document.getElementById("at");
if (slider) {
  const steps = [...document.querySelectorAll(".step")];
  const oneIn = document.getElementById("one-in");
  for (const one of document.querySelectorAll("[data-without-script]")) one.hidden = true;
  const show = () => {
    const chosen = Number(slider.value);
    steps.forEach((step, at) => { step.hidden = at !== chosen; });
    oneIn.textContent = steps[chosen].dataset.oneIn;
    slider.setAttribute("aria-valuetext", `1 in ${steps[chosen].dataset.oneIn}`);
  };
  slider.addEventListener("input", show);
  show();
}
