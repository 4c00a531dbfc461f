import type { EngineView } from '../../engine/view.ts'
import { formatInstant, instant } from '../../event/instant.ts'
import { auditListSchema, definitionListSchema } from '../../protocol/definitions.ts'
import { definitionChangeView } from '../../protocol/definitions-view.ts'
import type { HistoryReader } from './history-reader.ts'
import { fromStore, processNamed } from './lookup.ts'
import { auditQuery, definitionsQuery, given, rangeFrom } from './query.ts'
import { type Route, route } from './route.ts'

const LISTED = 100

export type DefinitionSources = { readonly view: EngineView; readonly history: HistoryReader }

/** What numbers and alerts were made by, and who did what. */
export const definitionRoutes = ({ view, history }: DefinitionSources): readonly Route[] => [
  route({
    method: 'get',
    path: '/api/v1/processes/{process}/definitions',
    tag: 'rules',
    permission: 'read',
    name: 'listDefinitions',
    summary: 'What was defined when: stages, measures, metrics and rules, and what changed in them',
    query: definitionsQuery,
    answer: {
      schema: definitionListSchema,
      means: 'Changes, the newest first.',
      csv: ({ definitions }) =>
        definitions.map(({ definition, changes, ...one }) => ({
          ...one,
          changes,
          definition: JSON.stringify(definition),
        })),
    },
    refusals: ['unknown-process', 'store-unavailable'],
    async handle({ params, query: { limit = LISTED, ...asked } }) {
      const process = processNamed(view, params.process)
      const page = await fromStore(() => history.definitionChanges({ process: process.name, limit, ...given(asked) }))
      return {
        process: process.name,
        definitions: page.changes.map(definitionChangeView),
        ...(page.next !== undefined && { next: page.next }),
      }
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/audit',
    tag: 'operations',
    permission: 'steward',
    name: 'listAudit',
    summary: 'Who did what: actions, silences, starts and changes of definitions',
    query: auditQuery,
    answer: { schema: auditListSchema, means: 'Entries, the newest first.', csv: ({ entries }) => entries },
    refusals: ['store-unavailable'],
    async handle({ query: { from, to, limit = LISTED, ...asked } }) {
      const range = rangeFrom({ from, to })
      const page = await fromStore(() => history.auditPage({ limit, ...(range && { range }), ...given(asked) }))
      return {
        entries: page.entries.map(({ at, ...entry }) => ({ ...entry, at: formatInstant(instant(at)) })),
        ...(page.next !== undefined && { next: page.next }),
      }
    },
  }),
]
