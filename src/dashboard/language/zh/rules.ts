import type { RulesWords } from '../catalogue/rules.ts'

export const rulesWords: RulesWords = {
  rules: { title: '规则' },
}
