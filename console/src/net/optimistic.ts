/** A value that changes at once, before the service has agreed, and goes back where it refuses. */
export class Optimistic<Value, Change> {
  private readonly apply: (value: Value, change: Change) => Value;
  private readonly show: (value: Value) => void;
  private confirmed: Value;
  private pending: readonly Change[] = [];
  private sending: Promise<unknown> = Promise.resolve();

  constructor(confirmed: Value, apply: (value: Value, change: Change) => Value, show: (value: Value) => void) {
    this.confirmed = confirmed;
    this.apply = apply;
    this.show = show;
  }

  /** The service's own word; changes that are still on their way stay. */
  confirm(value: Value): void {
    this.confirmed = value;
    this.show(this.pending.reduce(this.apply, value));
  }

  /**
   * Make a change and send it after those before it, so that no answer is older than the one shown.
   * Rejects with the service's refusal once the change, and only this one, has been taken back.
   */
  async change(change: Change, send: (change: Change) => Promise<Value>): Promise<void> {
    this.pending = [...this.pending, change];
    this.confirm(this.confirmed);
    const answered = this.sending.then(() => send(change));
    this.sending = answered.catch(() => undefined);
    try {
      const value = await answered;
      this.drop(change);
      this.confirm(value);
    } catch (error) {
      this.drop(change);
      this.confirm(this.confirmed);
      throw error;
    }
  }

  private drop(change: Change): void {
    this.pending = this.pending.filter((one) => one !== change);
  }
}
