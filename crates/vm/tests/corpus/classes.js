// Instances with private state, accessors, statics and inheritance across awaits.
class Account {
  #balance = 0; static #made = 0; static count() { return Account.#made; }
  static { Account.#made = 100; }
  constructor(owner) { this.owner = owner; Account.#made++; }
  get balance() { return this.#balance; }
  set balance(value) { if (value < 0) throw new RangeError("overdrawn"); this.#balance = value; }
  async deposit(amount) { const before = this.#balance; await tools.keystore.set("acct", this.owner, before + amount); this.#balance = await tools.keystore.get("acct", this.owner); return this; }
  #secret() { return this.owner.length; }
  async reveal() { await null; return #balance in this && this.#secret(); }
}
class Savings extends Account {
  rate = 0.5;
  async deposit(amount) { await super.deposit(amount * (1 + this.rate)); return this; }
  get [Symbol.toPrimitive]() { return () => this.balance; }
}
exports.execute = async () => {
  const a = new Account("ann"), s = new Savings("bob");
  await a.deposit(5); await (await s.deposit(10)).deposit(2);
  let refused; try { a.balance = -1; } catch (error) { refused = error.message; }
  const bound = s.deposit.bind(s); await bound(2);
  const mixed = Object.create(s, { extra: { value: 1, enumerable: true } });
  return { a: a.balance, s: s.balance, made: Account.count(), refused, secret: await a.reveal(), sum: s + 1, own: Object.keys(s), chain: [s instanceof Account, mixed.extra, mixed.owner] };
};
