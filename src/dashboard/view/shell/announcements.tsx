import { local, words } from '../../language/language.ts'
import { world } from '../../state/live.ts'

/** Says new and resolved alerts to those who do not see them come. */
export function Announcements() {
  const alert = world.value.announced
  const text = words.value.alerts
  return (
    <p class="hidden" role="status">
      {alert === undefined
        ? ''
        : alert.state === 'resolved'
          ? text.announceResolved(local(alert.summary))
          : text.announceFiring(local(alert.summary), local(alert.subject_title))}
    </p>
  )
}
