import { microsoftService } from '../providers/microsoft.ts'

export const sharepoint = microsoftService(
  {
    id: 'sharepoint',
    name: 'SharePoint',
    category: 'Files',
    description: 'Sites, lists and libraries that one Microsoft 365 account can open.',
    popular: 24,
    keywords: ['microsoft', 'sites', 'intranet', 'lists'],
    examplePath: '/sites?search=team',
  },
  ['sites.read', 'sites.write', 'files.all'],
)
