import { effect } from '@preact/signals'
import { local, words } from '../language/language.ts'
import { view } from './address.ts'
import { alertsInOrder, process } from './selection.ts'
import { isFiring } from './stage-condition.ts'

/** The browser's tab says how many alerts fire, so that a page in the background is not silent. */
export function keepTitle(): void {
  effect(() => {
    const firing = alertsInOrder.value.filter(isFiring).length
    const count = firing === 0 ? '' : `(${firing}) `
    const shown = process.value === undefined ? [] : [local(process.value.title)]
    document.title = `${count}${[words.value.views[view.value], ...shown, 'Stagewatch'].join(' · ')}`
  })
}
