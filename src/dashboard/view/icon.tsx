import type { ComponentChildren } from 'preact'
import type { StageCondition } from '../state/stage-condition.ts'

/** Small pictures that repeat what a word beside them says; screen readers skip them. */
function Icon({ children, name }: { children: ComponentChildren; name: string }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {children}
    </svg>
  )
}

const octagon = <path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" fill="currentColor" />
const triangle = <path d="M8 1.2 15.4 14.5H.6z" fill="currentColor" stroke="currentColor" stroke-linejoin="round" />
const bang = <path d="M8 4.2v4.6M8 11.4v.4" stroke="var(--icon-ink)" stroke-width="1.9" stroke-linecap="round" />

export const CriticalIcon = () => (
  <Icon name="critical">
    {octagon}
    {bang}
  </Icon>
)
export const WarningIcon = () => (
  <Icon name="warning">
    {triangle}
    <path d="M8 5.8v4M8 12.2v.2" stroke="var(--icon-ink)" stroke-width="1.7" stroke-linecap="round" />
  </Icon>
)
export const InfoIcon = () => (
  <Icon name="info">
    <circle cx="8" cy="8" r="7" fill="currentColor" />
    <path d="M8 7.4v4M8 4.5v.2" stroke="var(--icon-ink)" stroke-width="1.9" stroke-linecap="round" />
  </Icon>
)
export const CheckIcon = () => (
  <Icon name="check">
    <path d="m2.5 8.5 3.6 3.6 7.4-8" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" />
  </Icon>
)
const DashIcon = () => (
  <Icon name="dash">
    <path d="M3 8h10" stroke="currentColor" stroke-width="2" stroke-linecap="round" />
  </Icon>
)
const OverIcon = () => (
  <Icon name="over">
    <path
      d="M8 13.5V3M3.5 7.2 8 2.6l4.5 4.6"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
    />
  </Icon>
)
const NearIcon = () => (
  <Icon name="near">
    <path
      d="M2.5 12.5 12.6 4M7.6 3.4h5.6v5.4"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
    />
  </Icon>
)
export const WaitIcon = () => (
  <Icon name="wait">
    <circle cx="8" cy="8" r="6.4" fill="none" stroke="currentColor" stroke-width="1.7" />
    <path d="M8 4.4V8l2.6 1.8" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" />
  </Icon>
)
export const PersonIcon = () => (
  <Icon name="person">
    <circle cx="8" cy="4.8" r="3" fill="none" stroke="currentColor" stroke-width="1.6" />
    <path
      d="M2.4 14.4c.5-3.2 2.6-4.9 5.6-4.9s5.1 1.7 5.6 4.9"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
    />
  </Icon>
)

const DownIcon = () => (
  <Icon name="down">
    <path
      d="M8 2.5V13M3.5 8.8 8 13.4l4.5-4.6"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
    />
  </Icon>
)

export const PauseIcon = () => (
  <Icon name="pause">
    <path d="M5 3v10M11 3v10" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" />
  </Icon>
)
export const PlayIcon = () => (
  <Icon name="play">
    <path d="M4.5 2.5 13 8l-8.5 5.5z" fill="currentColor" stroke="currentColor" stroke-linejoin="round" />
  </Icon>
)
export const SettingsIcon = () => (
  <Icon name="settings">
    <path
      d="M1.5 4.5h7M12.5 4.5h2M1.5 11.5h2M7.5 11.5h7"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
    />
    <circle cx="10.5" cy="4.5" r="1.9" fill="none" stroke="currentColor" stroke-width="1.6" />
    <circle cx="5.5" cy="11.5" r="1.9" fill="none" stroke="currentColor" stroke-width="1.6" />
  </Icon>
)

export const trendIcons = { slower: OverIcon, faster: DownIcon, steady: DashIcon } as const

export const severityIcons = { critical: CriticalIcon, warning: WarningIcon, info: InfoIcon } as const

export const conditionIcons: Readonly<Record<StageCondition, () => ComponentChildren>> = {
  alert: CriticalIcon,
  over: OverIcon,
  near: NearIcon,
  'on-target': CheckIcon,
  'no-target': DashIcon,
  idle: DashIcon,
  unknown: DashIcon,
}
