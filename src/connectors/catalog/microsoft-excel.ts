import { microsoftService } from '../providers/microsoft.ts'

export const microsoftExcel = microsoftService(
  {
    id: 'microsoft-excel',
    name: 'Microsoft Excel',
    category: 'Productivity',
    description: 'Workbooks in the OneDrive and the sites of one Microsoft account.',
    popular: 25,
    keywords: ['spreadsheet', 'workbook', 'table'],
    examplePath: "/me/drive/root/search(q='xlsx')",
  },
  ['files.read', 'files.write', 'files.all'],
)
