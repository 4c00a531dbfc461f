import { ruleListSchema } from '../../../protocol/rules.ts'
import { local, words } from '../../language/language.ts'
import { useAnswer } from '../../state/answer.ts'
import { process } from '../../state/selection.ts'
import { Scroll } from '../scroll.tsx'
import { Unanswered } from '../shell/unanswered.tsx'

/** Every rule of the process, whose it is and how it stands. */
export function RulesView() {
  const text = words.value
  const name = process.value?.name
  const answer = useAnswer(
    name === undefined ? undefined : `/api/v1/processes/${encodeURIComponent(name)}/rules`,
    ruleListSchema,
    15_000,
  )
  return (
    <section class="panel" aria-labelledby="rules-title">
      <div class="panel-head">
        <h2 id="rules-title">{text.rules.title}</h2>
      </div>
      {answer?.kind !== 'found' ? (
        <Unanswered answer={answer} />
      ) : (
        <Scroll label={text.rules.title}>
          <table>
            <thead>
              <tr>
                <th scope="col">{text.detail.rule}</th>
                <th scope="col">{text.detail.condition}</th>
                <th scope="col">{text.alerts.owner}</th>
                <th scope="col">{text.state.firing}</th>
              </tr>
            </thead>
            <tbody>
              {answer.value.rules.map(rule => (
                <tr key={rule.name} data-rule={rule.name}>
                  <th scope="row">{rule.name}</th>
                  <td>
                    <code>{rule.when}</code>
                  </td>
                  <td>{local(rule.owner_title)}</td>
                  <td class="number">{rule.alerts.firing}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  )
}
