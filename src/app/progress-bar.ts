import { formatDuration } from '../event/duration.ts'

const WIDTH = 24

/** Below so little of it nobody can say how long it takes. */
const LEAST_SHARE = 0.02

/**
 * One line that stands for itself, without a line's end: `[==========>             ]  43 %  23s left  olist 2017-08-12`.
 *
 * @param share from 0 to 1.
 * @param elapsedMs since share was 0.
 */
export function progressBar(share: number, elapsedMs: number, text: string): string {
  const whole = Math.min(1, Math.max(0, share))
  const done = Math.round(whole * WIDTH)
  const bar = done === WIDTH ? '='.repeat(WIDTH) : `${'='.repeat(done)}>`.padEnd(WIDTH).slice(0, WIDTH)
  const percent = `${Math.floor(whole * 100)}`.padStart(3)
  const leftMs = Math.ceil((elapsedMs * (1 - whole)) / whole / 1_000) * 1_000
  const left = whole < LEAST_SHARE || whole === 1 ? '' : `  ${formatDuration(leftMs)} left`
  return `[${bar}] ${percent} %${left}  ${text}`
}
