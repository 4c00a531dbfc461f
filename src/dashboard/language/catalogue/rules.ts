export type RulesWords = {
  readonly rules: { readonly title: string }
}
