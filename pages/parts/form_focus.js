// Puts the focus on the first field that was refused, once for each attempt to send a form.
const PATIENCE_MS = 1500; // the sentences may be drawn a little after this part hears of them

class FormFocus {
  update(component) {
    const { attempt, place } = component.data;
    const fresh = this.attempt !== undefined && attempt > this.attempt; // a page that is opened again takes no focus
    this.attempt = attempt;
    if (fresh) this.seek(place, performance.now() + PATIENCE_MS);
  }

  seek(place, until) {
    clearTimeout(this.timer);
    const refused = document.querySelector(`.${CSS.escape(place)} [class*="st-key-refused-"]`);
    const box = refused
      ?.closest('[class*="st-key-field-"]')
      ?.querySelector('input:not([type=file]), textarea, [role=spinbutton], [role=radio], button');
    if (box) {
      box.focus({ preventScroll: true });
      refused.closest('[class*="st-key-field-"]').scrollIntoView({ block: "nearest" });
    } else if (performance.now() < until) this.timer = setTimeout(() => this.seek(place, until), 60);
  }

  close() {
    clearTimeout(this.timer);
  }
}

export const make = () => new FormFocus();
