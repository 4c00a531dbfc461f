import type { ChartWords } from '../catalogue/chart.ts'

export const chartWords: ChartWords = { chart: { numbers: 'Numbers', time: 'Time', latest: 'latest' } }
