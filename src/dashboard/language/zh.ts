import type { Catalogue } from './catalogue.ts'
import { alertWords } from './zh/alert.ts'
import { caseWords } from './zh/case.ts'
import { chartWords } from './zh/chart.ts'
import { deedsWords } from './zh/deeds.ts'
import { healthWords } from './zh/health.ts'
import { keysWords } from './zh/keys.ts'
import { metricsWords } from './zh/metrics.ts'
import { nowWords } from './zh/now.ts'
import { partsWords } from './zh/parts.ts'
import { rulesWords } from './zh/rules.ts'
import { shellWords } from './zh/shell.ts'
import { signInWords } from './zh/sign-in.ts'
import { stageWords } from './zh/stage.ts'
import { termsWords } from './zh/terms.ts'

export const zh: Catalogue = {
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
