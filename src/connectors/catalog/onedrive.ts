import { microsoftService } from '../providers/microsoft.ts'

export const onedrive = microsoftService(
  {
    id: 'onedrive',
    name: 'OneDrive',
    category: 'Files',
    description: 'Files and folders in the OneDrive of one Microsoft account.',
    popular: 16,
    keywords: ['microsoft', 'storage', 'documents'],
    examplePath: '/me/drive/root/children',
  },
  ['files.read', 'files.write', 'files.all'],
)
