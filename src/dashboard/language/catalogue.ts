import type { AlertWords } from './catalogue/alert.ts'
import type { CaseWords } from './catalogue/case.ts'
import type { ChartWords } from './catalogue/chart.ts'
import type { DeedsWords } from './catalogue/deeds.ts'
import type { HealthWords } from './catalogue/health.ts'
import type { KeysWords } from './catalogue/keys.ts'
import type { MetricsWords } from './catalogue/metrics.ts'
import type { NowWords } from './catalogue/now.ts'
import type { PartsWords } from './catalogue/parts.ts'
import type { RulesWords } from './catalogue/rules.ts'
import type { ShellWords } from './catalogue/shell.ts'
import type { SignInWords } from './catalogue/sign-in.ts'
import type { StageWords } from './catalogue/stage.ts'
import type { TermsWords } from './catalogue/terms.ts'

/** Everything that the page says, in one language. A text that one of them lacks is a type error. */
export type Catalogue = ShellWords &
  SignInWords &
  TermsWords &
  ChartWords &
  DeedsWords &
  KeysWords &
  NowWords &
  AlertWords &
  StageWords &
  CaseWords &
  RulesWords &
  MetricsWords &
  HealthWords &
  PartsWords
