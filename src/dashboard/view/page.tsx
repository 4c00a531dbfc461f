import { type View, view } from '../state/address.ts'
import { status } from '../state/live.ts'
import { currentFreshness, process } from '../state/selection.ts'
import { mustSignIn } from '../state/session.ts'
import { AlertDetail } from './alert/alert-detail.tsx'
import { CaseView } from './case/case-view.tsx'
import { HealthView } from './health/health-view.tsx'
import { MetricsView } from './metrics/metrics-view.tsx'
import { NowView } from './now/now-view.tsx'
import { RulesView } from './rules/rules-view.tsx'
import { Announcements } from './shell/announcements.tsx'
import { Banners } from './shell/banners.tsx'
import { NoProcess } from './shell/empty.tsx'
import { Header } from './shell/header.tsx'
import { KeyHelp } from './shell/key-help.tsx'
import { SignInView } from './shell/sign-in.tsx'
import { StageView } from './stage/stage-view.tsx'

const contents = {
  now: NowView,
  stage: StageView,
  case: CaseView,
  rules: RulesView,
  metrics: MetricsView,
  health: HealthView,
} as const satisfies Record<View, unknown>

export function Page() {
  if (mustSignIn.value) return <SignInView />
  return (
    <>
      <Header />
      <Banners />
      <Content />
      <AlertDetail />
      <Announcements />
      <KeyHelp />
    </>
  )
}

function Content() {
  if (process.value === undefined) {
    return (
      <main tabIndex={-1}>
        {/* Until the server has said which there are, none is missing. */}
        {status.value?.processes.length === 0 && <NoProcess />}
      </main>
    )
  }
  const { kind } = currentFreshness.value
  const old = kind === 'disconnected' || kind === 'refused' || kind === 'source-away' || kind === 'stale'
  const Shown = contents[view.value]
  return (
    <main tabIndex={-1} data-view={view.value} data-old={old ? kind : undefined}>
      <Shown />
    </main>
  )
}
