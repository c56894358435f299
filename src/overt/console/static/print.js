// A button that prints, where there is a program to press it.

const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => window.print());
