import type { EngineView } from '../../engine/view.ts'
import {
  type Alert,
  type AlertHistory,
  type AlertList,
  alertHistorySchema,
  alertListSchema,
} from '../../protocol/alert.ts'
import { actionView, alertView } from '../../protocol/alert-view.ts'
import type { Owners } from '../../protocol/process-summary.ts'
import { listedAlerts, placeOfAlert, shownAlert } from '../alert-list.ts'
import type { HistoryReader } from './history-reader.ts'
import { fromStore, processOfAlert } from './lookup.ts'
import { pageOf, pageQuery } from './page-of-list.ts'
import { type Route, route } from './route.ts'

const MOST_TRANSITIONS = 5_000

export type AlertSources = { readonly view: EngineView; readonly owners: Owners; readonly history: HistoryReader }

export const alertRoutes = ({ view, owners, history }: AlertSources): readonly Route[] => [
  route({
    method: 'get',
    path: '/api/v1/alerts',
    tag: 'alerts',
    permission: 'read',
    name: 'listAlerts',
    summary: 'All alerts: active ones first, then those resolved in the last 24 hours',
    answer: {
      schema: alertListSchema,
      means: 'Those not resolved first. As a table: without their explanations.',
      csv: ({ alerts }) => alerts.map(rowOf),
    },
    query: pageQuery,
    handle({ query }): AlertList {
      const { items, next } = pageOf(listedAlerts(view), placeOfAlert, query)
      return { alerts: items.map(alert => shownAlert(view, owners, alert)), ...(next !== undefined && { next }) }
    },
  }),
  route({
    method: 'get',
    path: '/api/v1/alerts/{alert}',
    tag: 'alerts',
    permission: 'read',
    name: 'alertHistory',
    summary: 'The transitions of one alert, and what people did to it',
    answer: {
      schema: alertHistorySchema,
      means: `Oldest first, the newest ${MOST_TRANSITIONS.toLocaleString('en')} transitions. As a table: these, without explanations.`,
      csv: ({ transitions }) => transitions.map(rowOf),
    },
    refusals: ['unknown-alert', 'store-unavailable'],
    async handle({ params: { alert } }): Promise<AlertHistory> {
      const process = processOfAlert(view, alert)
      const transitions = await fromStore(() => history.transitionsOfAlert(alert, MOST_TRANSITIONS))
      return {
        alert,
        transitions: transitions.map(item => alertView(item, process, owners)),
        actions: view.actionsOf(alert).map(actionView),
      }
    },
  }),
]

const rowOf = ({ explanation: _, ...alert }: Alert) => alert
