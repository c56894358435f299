// What came of it, in few taps: only what belongs to the answer so far is asked; what the rest has to be follows from it.

const MET = ["right", "wrong-person", "wrong-entry", "unverified"];
const IDENTIFIED = ["right", "wrong-person", "wrong-entry"];
const LISTED = ["right", "wrong-entry"];
const $ = (id) => document.getElementById(id);

export class Outcome {
  // `welfare`: says whether whoever is met is to be helped, and not arrested.
  constructor(form, welfare) {
    this.form = form;
    this.welfare = welfare;
    form.addEventListener("change", () => this.ask());
    form.addEventListener("input", () => this.ask());
    for (const button of form.querySelectorAll("[data-minutes]")) {
      button.addEventListener("click", () => {
        $("held_min").value = button.dataset.minutes;
        this.ask();
      });
    }
  }

  begin() {
    this.form.reset();
    $("form-problem").hidden = true;
    this.ask();
  }

  // What was typed, if nothing is missing; else it is said, and null.
  taken() {
    const fields = this.typed();
    const problem = missing(fields);
    $("form-problem").textContent = problem;
    $("form-problem").hidden = !problem;
    return problem ? null : fields;
  }

  field(name) {
    return new FormData(this.form).get(name) ?? "";
  }

  ask() {
    const { form } = this;
    const result = this.field("result");
    const asked = {
      means: IDENTIFIED.includes(result),
      held_min: MET.includes(result),
      followed: MET.includes(result),
      served: LISTED.includes(result),
    };
    for (const [part, wanted] of Object.entries(asked)) form.querySelector(`[data-part=${part}]`).hidden = !wanted;
    $("no-arrest").hidden = !this.welfare();
    for (const input of form.querySelectorAll("input[name=followed]")) {
      const possible = !(input.value === "arrest" && (this.welfare() || !LISTED.includes(result))) && !(input.value === "id-shown-released" && !IDENTIFIED.includes(result));
      input.closest("label").hidden = !possible;
      if (!possible) input.checked = false;
    }
    for (const button of form.querySelectorAll("[data-minutes]")) button.setAttribute("aria-pressed", String(this.field("held_min") === button.dataset.minutes));
    $("send").disabled = !result;
  }

  typed() {
    const result = this.field("result");
    return {
      result,
      means: IDENTIFIED.includes(result) ? this.field("means") : "not-identified",
      held_min: MET.includes(result) ? this.field("held_min").trim() : "",
      followed: MET.includes(result) ? this.field("followed") : "none",
      served: LISTED.includes(result) ? this.field("served") : "no",
    };
  }
}

function missing(fields) {
  if (!fields.means) return "Say how they were identified.";
  if (MET.includes(fields.result) && !/^\d{1,4}$/.test(fields.held_min)) return "Say for how many minutes they were held up, as a whole number.";
  if (!fields.followed) return "Say what followed.";
  return fields.served ? "" : "Say whether it served the aim.";
}
