import { googleService } from '../providers/google.ts'

export const googleDrive = googleService(
  {
    id: 'google-drive',
    name: 'Google Drive',
    category: 'Files',
    description: 'Files and folders in the Drive of one Google account.',
    icon: 'googledrive',
    popular: 4,
    keywords: ['google', 'storage', 'documents', 'gdrive'],
    api: { baseUrl: 'https://www.googleapis.com/drive/v3', examplePath: '/about?fields=user' },
  },
  ['drive.picked', 'drive.read', 'drive.write'],
)
