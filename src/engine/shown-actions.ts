import type { AlertAction } from '../alerts/alert-action.ts'
import { type AlertOverlay, untouched, withAction } from '../alerts/overlay.ts'

type Shown = { readonly actions: readonly AlertAction[]; readonly overlay: AlertOverlay }

/** What people did to the alerts that are shown. As many alerts as those; how many actions one has is bounded where they are taken. */
export class ShownActions {
  /** By alert. */
  readonly #shown = new Map<string, Shown>()

  add(action: AlertAction): void {
    const { actions, overlay } = this.#of(action.alert)
    this.#shown.set(action.alert, { actions: [...actions, action], overlay: withAction(overlay, action) })
  }

  actionsOf(alert: string): readonly AlertAction[] {
    return this.#of(alert).actions
  }

  overlayOf(alert: string): AlertOverlay {
    return this.#of(alert).overlay
  }

  /** The alert is shown no more. */
  forget(alert: string): void {
    this.#shown.delete(alert)
  }

  #of(alert: string): Shown {
    return this.#shown.get(alert) ?? none
  }
}

const none: Shown = { actions: [], overlay: untouched }
