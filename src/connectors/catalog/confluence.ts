import type { Connector } from '../../domain/connector.ts'
import { ATLASSIAN, ATLASSIAN_BASE_SCOPES, atlassianSteps } from '../providers/atlassian.ts'

export const confluence: Connector = {
  ...ATLASSIAN,
  id: 'confluence',
  name: 'Confluence',
  category: 'Productivity',
  description: 'Pages, comments and files of one Confluence Cloud site.',
  icon: 'confluence',
  popular: 18,
  keywords: ['atlassian', 'wiki', 'pages', 'documentation'],
  docsUrl: 'https://developer.atlassian.com/cloud/confluence/oauth-2-3lo-apps/',
  setupSteps: atlassianSteps('Confluence API'),
  scopes: [
    ...ATLASSIAN_BASE_SCOPES,
    { scope: 'read:page:confluence', title: 'Read pages', sensitive: false },
    { scope: 'write:page:confluence', title: 'Create and change pages', sensitive: false },
    { scope: 'read:space:confluence', title: 'List spaces', sensitive: false },
    { scope: 'read:comment:confluence', title: 'Read comments', sensitive: false },
    { scope: 'write:comment:confluence', title: 'Write comments', sensitive: false },
    { scope: 'read:attachment:confluence', title: 'Read attachments', sensitive: false },
    { scope: 'search:confluence', title: 'Search the site', sensitive: false },
    { scope: 'read:confluence-content.all', title: 'Read all content (first API)', sensitive: false },
    { scope: 'read:confluence-space.summary', title: 'Read spaces (first API)', sensitive: false },
    { scope: 'write:confluence-content', title: 'Write content (first API)', sensitive: false },
    { scope: 'write:confluence-file', title: 'Upload files (first API)', sensitive: false },
    { scope: 'read:confluence-user', title: 'Look up people', sensitive: false },
  ],
  tools: [
    { id: 'pages.read', title: 'Read pages', scopes: ['read:page:confluence', 'read:space:confluence'] },
    {
      id: 'pages.write',
      title: 'Create and change pages',
      scopes: ['read:page:confluence', 'write:page:confluence'],
    },
    {
      id: 'comments',
      title: 'Read and write comments',
      scopes: ['read:comment:confluence', 'write:comment:confluence'],
    },
    { id: 'attachments', title: 'Read attachments', scopes: ['read:attachment:confluence'] },
    { id: 'search', title: 'Search', scopes: ['search:confluence'] },
    {
      id: 'content.read',
      title: 'Read content with the first API',
      scopes: ['read:confluence-content.all', 'read:confluence-space.summary'],
    },
    {
      id: 'content.write',
      title: 'Write content with the first API',
      scopes: ['write:confluence-content', 'write:confluence-file'],
    },
    { id: 'users', title: 'Look up people', scopes: ['read:confluence-user'] },
  ],
  api: {
    baseUrl: 'https://api.atlassian.com/ex/confluence/{cloud_id}/wiki/api/v2',
    examplePath: '/spaces?limit=1',
  },
}
