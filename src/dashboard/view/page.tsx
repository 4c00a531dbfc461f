import { connection, processes } from '../state/live.ts'
import { currentFreshness, process, processStatus } from '../state/selection.ts'
import { mustSignIn } from '../state/session.ts'
import { AlertDetail } from './alert-detail.tsx'
import { AlertPanel } from './alert-panel.tsx'
import { Announcements } from './announcements.tsx'
import { Banners } from './banners.tsx'
import { BottleneckLine } from './bottleneck-line.tsx'
import { CaseLookup } from './case-lookup.tsx'
import { NoEvents, NoProcess } from './empty.tsx'
import { Header } from './header.tsx'
import { HeatTables } from './heat-tables.tsx'
import { MeasureTable } from './measure-table.tsx'
import { ProcessMap } from './process-map.tsx'
import { SignInView } from './sign-in.tsx'
import { StageHistory } from './stage-history.tsx'

export function Page() {
  if (mustSignIn.value) return <SignInView />
  return (
    <>
      <Header />
      <Banners />
      <Content />
      <AlertDetail />
      <Announcements />
    </>
  )
}

function Content() {
  const shown = process.value
  if (shown === undefined) {
    return <main>{connection.value.phase === 'open' && processes.value.length === 0 ? <NoProcess /> : null}</main>
  }
  const state = processStatus.value
  const empty = state !== undefined && state.events_counted === 0 && state.cases_in_memory === 0 && !state.catching_up
  const { kind } = currentFreshness.value
  const old = kind === 'disconnected' || kind === 'refused' || kind === 'source-away' || kind === 'stale'
  return (
    <main class="columns" data-old={old ? kind : undefined}>
      <div class="column">
        {empty ? <NoEvents process={shown} status={state} /> : <BottleneckLine />}
        <ProcessMap />
        <StageHistory />
        <HeatTables />
        <MeasureTable />
      </div>
      <div class="column side">
        <AlertPanel />
        <CaseLookup />
      </div>
    </main>
  )
}
