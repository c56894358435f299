// A button that prints, where there is a program to press it.

const button = document.getElementById("print"); // a page that has nothing to print has none
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
