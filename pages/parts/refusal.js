// Has the page run again a few seconds later, until its database can be used.
const AGAIN_MS = 3000;

class Refusal {
  update(component) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => component.setTriggerValue("again", Date.now()), AGAIN_MS);
  }

  close() {
    clearTimeout(this.timer);
  }
}

export const make = () => new Refusal();
