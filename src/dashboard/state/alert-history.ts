import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { type Alert, type AlertHistory, alertHistorySchema } from '../../protocol/alert.ts'
import { ask } from './api.ts'
import { apiPath } from './api-path.ts'

/**
 * The episode of an alert: its transitions and what people did. It is read when the alert is opened, and again after
 * each further one, which the stream tells.
 *
 * @returns undefined while it is read for the first time; `away` where it cannot be.
 */
export function useAlertHistory(alert: Alert): AlertHistory | 'away' | undefined {
  const read = useSignal<{ readonly of: string; readonly history: AlertHistory | 'away' } | undefined>(undefined)
  useEffect(() => {
    const asked = new AbortController()
    void ask(apiPath('alerts', alert.id), alertHistorySchema, asked.signal).then(answer => {
      if (answer.kind === 'found') read.value = { of: alert.id, history: answer.value }
      else if (answer.kind !== 'aborted') read.value = { of: alert.id, history: 'away' }
    })
    return () => asked.abort()
  }, [alert, read])
  return read.value?.of === alert.id ? read.value.history : undefined
}
