/**
 * What tests that draw begin from: `FC_SEED` where it is set, in CI always the same, elsewhere another one each time.
 *
 * A change is refused for what it does, not for what was drawn that day; what nobody has drawn yet is looked for by
 * every run outside CI, and a failure prints its seed: `FC_SEED=… npx vitest run <file>` replays it.
 */
export const seed = Number(process.env.FC_SEED ?? (process.env.CI ? 20_261_129 : Math.floor(Math.random() * 2 ** 31)))
