import type { Signal } from '@preact/signals'

type Properties<Value extends string> = {
  readonly legend: string
  readonly chosen: Signal<Value>
  readonly options: readonly { readonly value: Value; readonly title: string; readonly lang?: string }[]
  /** The legend is shown, and not only said. */
  readonly isNamed?: boolean
}

/** One of a few values, all of them in sight. */
export function Switch<Value extends string>({ legend, chosen, options, isNamed = false }: Properties<Value>) {
  return (
    <fieldset class="choice">
      <legend class={isNamed ? 'quiet' : 'hidden'}>{legend}</legend>
      <span class="switch">
        {options.map(({ value, title, lang }) => (
          <button
            key={value}
            type="button"
            lang={lang}
            aria-pressed={chosen.value === value}
            onClick={() => {
              chosen.value = value
            }}
          >
            {title}
          </button>
        ))}
      </span>
    </fieldset>
  )
}
