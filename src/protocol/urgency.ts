import type { Notification } from './notification.ts'
import type { Severity } from './vocabulary.ts'

/** The higher the sooner. */
export const urgencyOf: Readonly<Record<Severity, number>> = { critical: 2, warning: 1, info: 0 }

/** That of the most severe alert that a message tells of. */
export const urgencyOfNotification = (notification: Notification): number =>
  alertsIn(notification).reduce((most, { severity }) => Math.max(most, urgencyOf[severity]), 0)

/** The alerts that a message tells of, as far as it lists them. */
export const alertsIn = ({ data }: Notification) => ('alert' in data ? [data.alert] : data.alerts)
