import type { ChartWords } from '../catalogue/chart.ts'

export const chartWords: ChartWords = { chart: { numbers: '数值', time: '时间', latest: '最新' } }
