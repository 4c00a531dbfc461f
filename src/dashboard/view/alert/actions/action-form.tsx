import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { words } from '../../../language/language.ts'
import { attemptOf, carryOut, type Deed } from '../../../state/deeds.ts'
import { givenName, isNameKnown, readerName } from '../../../state/reader.ts'
import { type OpenForm, openForm, tellDone } from './open-form.ts'

/** What a form comes to: something to do, or what is missing. */
export type Filled = { readonly deed: Deed } | { readonly missing: string }

type Properties = {
  readonly form: OpenForm
  readonly alert: string
  readonly children?: ComponentChildren
  /** @param by the reader's name. */
  readonly fill: (data: FormData, by: string) => Filled
}

/** A form for one deed. It asks for the reader's name where nobody knows it, and stays until the deed is done. */
export function ActionForm({ form, alert, children, fill }: Properties) {
  const element = useRef<HTMLFormElement>(null)
  const missing = useSignal<string | undefined>(undefined)
  // At once, since what is typed right after the key that opened it belongs to it; and again where the dialog has opened
  // together with it, which gives the focus to its own first button.
  useLayoutEffect(() => focusFirst(element.current), [])
  useEffect(() => focusFirst(element.current), [])
  const text = words.value.deeds
  const name = readerName.value
  const attempt = attemptOf(form.kind, alert)
  const isSending = attempt !== undefined && attempt.trouble === undefined
  return (
    <form
      ref={element}
      class="action-form"
      data-form={form.kind}
      onSubmit={event => {
        event.preventDefault()
        const data = new FormData(event.currentTarget)
        const by = name ?? textOf(data, 'by')
        if (by === '' || isSending) return
        const filled = fill(data, by)
        missing.value = 'missing' in filled ? filled.missing : undefined
        if ('missing' in filled) return
        if (!isNameKnown.value) givenName.value = by
        void carryOut(filled.deed).then(isDone => {
          if (!isDone) return
          tellDone(form.kind)
          if (openForm.peek() === form) close(form)
        })
      }}
    >
      {children}
      {name === undefined && (
        <label>
          <span>{text.name}</span>
          <input name="by" required maxLength={200} autocomplete="name" />
          <span class="quiet">{text.nameNote}</span>
        </label>
      )}
      {missing.value !== undefined && (
        <p class="trouble" role="alert">
          {missing.value}
        </p>
      )}
      <p class="form-foot">
        <button type="submit" class="primary" aria-disabled={isSending}>
          {isSending ? text.sending : verbOf(form)}
        </button>
        <button type="button" onClick={() => close(form)}>
          {text.cancel}
        </button>
      </p>
    </form>
  )
}

function focusFirst(form: HTMLFormElement | null): void {
  if (form === null || form.contains(document.activeElement)) return
  const field =
    form.querySelector<HTMLElement>('[type="radio"]:checked') ?? form.querySelector('input, textarea, select')
  if (field instanceof HTMLElement) field.focus()
}

function verbOf(form: OpenForm): string {
  const text = words.value.deeds
  return form.kind === 'feedback' ? text.verdicts[form.verdict] : text.does[form.kind].replace('…', '')
}

export const textOf = (data: FormData, field: string): string => String(data.get(field) ?? '').trim()

/** The focus goes back to where the form was opened from. */
function close({ kind }: OpenForm): void {
  openForm.value = undefined
  document.querySelector<HTMLElement>(`dialog [data-action="${kind}"]`)?.focus()
}
