import { useEffect, useRef } from 'preact/hooks'
import { words } from '../../language/language.ts'
import { areKeysOn, isHelpOpen, viewKeys } from './keys.ts'

/** Which key does what; and whether they do anything. */
export function KeyHelp() {
  const dialog = useRef<HTMLDialogElement>(null)
  const isOpen = isHelpOpen.value
  useEffect(() => {
    if (!isOpen) dialog.current?.close()
    else if (!dialog.current?.open) dialog.current?.showModal()
  }, [isOpen])
  const text = words.value
  const rows: readonly (readonly [string, string])[] = [
    ...Object.entries(text.keys.does),
    ...Object.entries(viewKeys).map(([key, name]) => [`g ${key}`, text.keys.goTo(text.views[name])] as const),
  ]
  return (
    <dialog
      ref={dialog}
      class="keys"
      aria-labelledby="keys-title"
      onClose={() => {
        isHelpOpen.value = false
      }}
    >
      <div class="panel-head">
        <h2 id="keys-title">{text.keys.title}</h2>
        <button type="button" onClick={() => dialog.current?.close()}>
          {text.detail.close}
        </button>
      </div>
      <dl>
        {rows.flatMap(([key, does]) => [
          <dt key={key}>
            {key.split(' ').map(one => (
              <kbd key={one}>{one}</kbd>
            ))}
          </dt>,
          <dd key={does}>{does}</dd>,
        ])}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={areKeysOn.value}
          onChange={event => {
            areKeysOn.value = event.currentTarget.checked
          }}
        />
        {text.keys.areOn}
      </label>
    </dialog>
  )
}
