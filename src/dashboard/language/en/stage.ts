import type { StageWords } from '../catalogue/stage.ts'

export const stageWords: StageWords = {
  history: {
    title: stage => `${stage} over time`,
    range: 'Range',
    ranges: { '1h': '1 h', '6h': '6 h', '24h': '24 h' },
    p90: 'p90 of completed visits',
    wip: 'Open visits',
    target: 'target',
    whole: 'Show the whole stage',
    none: 'No visit of this stage was completed in this time.',
    away: 'History cannot be read now; live numbers go on.',
    loading: 'Reading…',
    noWip: 'Open visits over time are known for whole stages only.',
  },
}
