import type { Catalogue } from './catalogue.ts'
import { alertWords } from './en/alert.ts'
import { caseWords } from './en/case.ts'
import { chartWords } from './en/chart.ts'
import { deedsWords } from './en/deeds.ts'
import { healthWords } from './en/health.ts'
import { keysWords } from './en/keys.ts'
import { metricsWords } from './en/metrics.ts'
import { nowWords } from './en/now.ts'
import { partsWords } from './en/parts.ts'
import { rulesWords } from './en/rules.ts'
import { shellWords } from './en/shell.ts'
import { signInWords } from './en/sign-in.ts'
import { stageWords } from './en/stage.ts'
import { termsWords } from './en/terms.ts'

export const en: Catalogue = {
  ...shellWords,
  ...signInWords,
  ...termsWords,
  ...chartWords,
  ...deedsWords,
  ...keysWords,
  ...nowWords,
  ...alertWords,
  ...stageWords,
  ...caseWords,
  ...rulesWords,
  ...metricsWords,
  ...healthWords,
  ...partsWords,
}
