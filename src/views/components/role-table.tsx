// What each role may do, as the rules themselves say it.

import { ROLES, rightsTable } from '../../domain/roles.ts'

export function RoleTable() {
  return (
    <table class="role-table">
      <thead>
        <tr>
          <th scope="col" class="role-name">
            <span class="sr">Right</span>
          </th>
          {ROLES.map((role) => (
            <th scope="col" class="role-name">
              {role}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rightsTable().map(({ title, roles }) => (
          <tr>
            <th scope="row" class="right">
              {title}
            </th>
            {ROLES.map((role) => (
              <td class={`role-cell ${roles.includes(role) ? 'yes' : 'no'}`}>
                <span aria-hidden="true">{roles.includes(role) ? '✓' : '–'}</span>
                <span class="sr">{roles.includes(role) ? 'yes' : 'no'}</span>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
