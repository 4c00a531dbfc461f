import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { type CaseTimeline, type CaseVisit, caseTimelineSchema, type VisitDeadline } from '../../../protocol/history.ts'
import { formatDuration, formatTime } from '../../language/format.ts'
import { local, words } from '../../language/language.ts'
import { chosenCase } from '../../state/address.ts'
import { type Answer, ask } from '../../state/api.ts'
import { now } from '../../state/live.ts'
import { process, timeZone } from '../../state/selection.ts'

/** One case as a timeline of its visits. */
export function CaseLookup() {
  const text = words.value.lookup
  const shown = process.value?.name
  const asked = chosenCase.value
  const answer = useSignal<Answer<CaseTimeline> | undefined>(undefined)
  useEffect(() => {
    answer.value = undefined
    if (shown === undefined || asked === undefined) return
    const controller = new AbortController()
    const path = `/api/v1/processes/${encodeURIComponent(shown)}/cases/${encodeURIComponent(asked)}`
    void ask(path, caseTimelineSchema, controller.signal).then(found => {
      if (found.kind !== 'aborted') answer.value = found
    })
    return () => controller.abort()
  }, [shown, asked, answer])
  return (
    <section class="panel" aria-labelledby="lookup-title">
      <div class="panel-head">
        <h2 id="lookup-title">{text.title}</h2>
      </div>
      <form
        class="lookup"
        onSubmit={event => {
          event.preventDefault()
          const typed = String(new FormData(event.currentTarget).get('case') ?? '').trim()
          chosenCase.value = typed === '' ? undefined : typed
        }}
      >
        <label class="hidden" for="case">
          {text.label}
        </label>
        <input
          id="case"
          name="case"
          placeholder={text.label}
          maxLength={1_000}
          autocomplete="off"
          defaultValue={asked ?? ''}
        />
        <button type="submit">{text.find}</button>
      </form>
      {asked === undefined ? <p class="quiet">{text.hint}</p> : <Found answer={answer.value} />}
    </section>
  )
}

function Found({ answer }: { answer: Answer<CaseTimeline> | undefined }) {
  const text = words.value
  if (answer === undefined) return <p class="quiet">{text.lookup.loading}</p>
  if (answer.kind === 'problem') {
    return (
      <p role="alert">
        {answer.problem.detail}
        <br />
        <span class="quiet">{answer.problem.remedy}</span>
      </p>
    )
  }
  return answer.kind === 'found' ? <Timeline timeline={answer.value} /> : <p role="alert">{text.unanswered.away}</p>
}

function Timeline({ timeline }: { timeline: CaseTimeline }) {
  const text = words.value
  const end = timeline.as_of === null ? now.value : Date.parse(timeline.as_of)
  const start = Math.min(...timeline.visits.map(({ started_at }) => Date.parse(started_at)))
  const last = Math.max(
    start + 1,
    ...timeline.visits.map(({ ended_at }) => (ended_at === null ? end : Date.parse(ended_at))),
  )
  const openIn = timeline.visits.filter(({ outcome }) => outcome === 'open')
  const attributes = Object.entries(timeline.visits.at(-1)?.attributes ?? {}).filter(([, value]) => value !== null)
  return (
    <div class="timeline" data-case={timeline.case}>
      <p>
        <b>{timeline.case}</b>{' '}
        <span class="quiet">
          {openIn.length > 0
            ? `${text.lookup.inStage} ${openIn.map(({ stage }) => stageTitle(stage)).join(', ')}`
            : text.lookup.done}
        </span>
      </p>
      {attributes.length > 0 && (
        <p class="quiet">{attributes.map(([name, value]) => `${name} ${String(value)}`).join(' · ')}</p>
      )}
      <ol>
        {timeline.visits.map(visit => (
          <VisitRow
            key={`${visit.stage} ${visit.started_at} ${visit.visit}`}
            visit={visit}
            range={{ start, last }}
            end={end}
          />
        ))}
      </ol>
      <p class="timeline-axis quiet number">
        <span>{formatTime(start, timeZone.value, now.value, text)}</span>
        <span>{formatTime(last, timeZone.value, now.value, text)}</span>
      </p>
      {timeline.cut && <p class="quiet">{text.lookup.cut}</p>}
    </div>
  )
}

type VisitProperties = {
  readonly visit: CaseVisit
  readonly range: { readonly start: number; readonly last: number }
  readonly end: number
}

function VisitRow({ visit, range, end }: VisitProperties) {
  const text = words.value
  const startedAt = Date.parse(visit.started_at)
  const lastsMs =
    visit.duration_ms ?? Math.max(0, (visit.ended_at === null ? end : Date.parse(visit.ended_at)) - startedAt)
  const state = visit.deadline?.state ?? null
  const over =
    state === null
      ? visit.target_ms !== null && (visit.business_ms ?? lastsMs) > visit.target_ms
      : state === 'overdue' || state === 'met_late'
  const length = range.last - range.start
  return (
    <li class={`visit ${visit.outcome}${over ? ' over' : ''}`}>
      <span class="card-line">
        <span>
          {stageTitle(visit.stage)}
          {visit.visit > 1 && <span class="quiet"> · {text.lookup.visit(String(visit.visit))}</span>}
        </span>
        <span class="number">
          {formatDuration(lastsMs, text)}
          <span class="quiet"> {visit.reason ?? text.outcome[visit.outcome]}</span>
          {over && <b class="over-word"> ▲ {text.lookup.over}</b>}
        </span>
      </span>
      {visit.deadline !== null && <Deadline deadline={visit.deadline} />}
      <span class="visit-track">
        <span
          class="visit-bar"
          style={{
            left: `${((startedAt - range.start) / length) * 100}%`,
            width: `${Math.max(0.8, (lastsMs / length) * 100)}%`,
          }}
        />
      </span>
    </li>
  )
}

/** When the visit is due, how it stands to that, and why. */
function Deadline({ deadline }: { deadline: VisitDeadline }) {
  const text = words.value
  const { deadline: said } = text.lookup
  const { due_at, state, late } = deadline
  const parts = [said.due(formatTime(Date.parse(due_at), timeZone.value, now.value, text))]
  if (state !== null || late !== null) parts.push(said.state[state ?? 'unknown'])
  if (late !== null && state !== 'overdue') parts.push(said.late(shareText(late)))
  if (late?.within) parts.push((late.within.left ? said.after : said.within)(stageTitle(late.within.stage)))
  const isLate = state === 'overdue' || state === 'met_late' || state === 'due_soon'
  return (
    <span class={`card-line ${isLate ? 'over-word' : 'quiet'}`} data-deadline={state ?? 'unknown'}>
      {parts.join(' · ')}
    </span>
  )
}

function shareText({ low, high }: { readonly low: number; readonly high: number }): string {
  const [from, to] = [low, high].map(share => Math.round(share * 100))
  return from === to ? `${from} %` : `${from}–${to} %`
}

const stageTitle = (name: string): string => {
  const stage = process.value?.stages.find(candidate => candidate.name === name)
  return stage === undefined ? name : local(stage.title)
}
