import { formatInstant } from '../event/instant.ts'
import type { OpenCases as Explained } from '../rules/open-cases.ts'
import type { OpenCases } from './open-cases.ts'

export const openCasesView = ({ open, oldest, overdue, probablyLate, atStake }: Explained): OpenCases => ({
  open,
  oldest: oldest.map(({ case: id, enteredAt, ageMs, due, late }) => ({
    case: id,
    entered_at: formatInstant(enteredAt),
    age_ms: ageMs,
    ...(due !== undefined && { due_at: formatInstant(due) }),
    ...(late && { late }),
  })),
  ...(overdue !== undefined && { overdue }),
  ...(probablyLate && { probably_late: probablyLate }),
  ...(atStake && { at_stake: { amount: atStake.amount, currency: atStake.currency ?? null, cases: atStake.cases } }),
})
