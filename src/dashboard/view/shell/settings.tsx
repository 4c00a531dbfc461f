import { words } from '../../language/language.ts'
import { theme, zone } from '../../state/address.ts'
import { SettingsIcon } from '../icon.tsx'
import { Switch } from '../switch.tsx'
import { isHelpOpen } from './keys.ts'

/** What a reader sets once: colours, whose times, and what the keys do. */
export function Settings() {
  const text = words.value
  return (
    <>
      <button
        type="button"
        class="icon-button"
        popovertarget="settings"
        aria-label={text.settings}
        title={text.settings}
      >
        <SettingsIcon />
      </button>
      <div id="settings" class="settings" popover="auto">
        <Switch
          legend={text.chooseTheme}
          isNamed
          chosen={theme}
          options={(['system', 'light', 'dark'] as const).map(value => ({ value, title: text.themes[value] }))}
        />
        <Switch
          legend={text.chooseZone}
          isNamed
          chosen={zone}
          options={(['process', 'browser'] as const).map(value => ({ value, title: text.zones[value] }))}
        />
        <button
          type="button"
          class="link"
          popovertarget="settings"
          popovertargetaction="hide"
          onClick={() => {
            isHelpOpen.value = true
          }}
        >
          {text.keys.title}
        </button>
      </div>
    </>
  )
}
