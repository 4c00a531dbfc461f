import type { SilenceDesk } from '../../src/gateway/api/silences.ts'

/** Nobody has made a silence, and nobody can. */
export const noSilences: SilenceDesk = {
  all: () => [],
  alerts: () => new Map(),
  create: async () => ({ outcome: 'busy' }),
  expire: async () => ({ outcome: 'unknown-silence' }),
}
