import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router';

import { loadSession, session } from './lib/session';
import { ApiError } from './lib/api';
import Inbox from './pages/inbox/Inbox.vue';

declare module 'vue-router' {
  interface RouteMeta {
    open?: boolean; // reachable without login
    admin?: boolean;
    board?: boolean;
    heat?: boolean; // for who sees the board, and administrators
    keeping?: boolean; // for archivists, and those who may hold a case or approve its destruction
    reads?: boolean; // for supervisors and administrators
    title?: string; // key of shell/words
  }
}

export const router = createRouter({
  history: createWebHistory('/'),
  scrollBehavior: (to, _from, saved) => saved ?? (to.hash ? { el: to.hash } : { top: 0 }),
  routes: [
    { path: '/login', component: () => import('./pages/login/Login.vue'), meta: { open: true, title: 'login' } },
    { path: '/password', component: () => import('./pages/login/Password.vue'), meta: { title: 'password' } },
    { path: '/', component: Inbox, meta: { title: 'inbox' } },
    { path: '/register', component: () => import('./pages/register/Register.vue'), meta: { title: 'register' } },
    { path: '/register/:key', component: () => import('./pages/register/Register.vue'), meta: { title: 'register' } },
    { path: '/cases', component: () => import('./pages/cases/Cases.vue'), meta: { title: 'cases' } },
    { path: '/cases/:caseId', component: () => import('./pages/case/Case.vue'), meta: { title: 'case' } },
    { path: '/tasks/:taskId', component: () => import('./pages/case/Case.vue'), meta: { title: 'case' } },
    { path: '/askings/:askingId', component: () => import('./pages/asking/Asking.vue'), meta: { title: 'asking' } },
    { path: '/board', component: () => import('./pages/board/Board.vue'), meta: { board: true, title: 'board' } },
    { path: '/supervision', component: () => import('./pages/supervision/Supervision.vue'), meta: { board: true, title: 'supervision' } },
    { path: '/statistics', component: () => import('./pages/statistics/Statistics.vue'), meta: { board: true, title: 'statistics' } },
    { path: '/registers', component: () => import('./pages/registers/Registers.vue'), meta: { title: 'registers' } },
    { path: '/registers/:form', component: () => import('./pages/registers/Registers.vue'), meta: { title: 'registers' } },
    { path: '/deadline', component: () => import('./pages/deadline/Deadline.vue'), meta: { title: 'deadline' } },
    { path: '/heat/:key', component: () => import('./pages/heat/Heat.vue'), meta: { heat: true, title: 'heat' } },
    { path: '/access-log', component: () => import('./pages/access/Access.vue'), meta: { reads: true, title: 'reads' } },
    { path: '/retention', component: () => import('./pages/retention/Retention.vue'), meta: { keeping: true, title: 'retention' } },
    { path: '/security', component: () => import('./pages/security/Security.vue'), meta: { title: 'security' } },
    { path: '/rosters/:code?', component: () => import('./pages/rosters/Rosters.vue'), meta: { title: 'rosters' } },
    { path: '/absence', component: () => import('./pages/absence/Absence.vue'), meta: { title: 'absence' } },
    { path: '/notices', component: () => import('./pages/notices/Notices.vue'), meta: { title: 'notices' } },
    { path: '/notice-settings', component: () => import('./pages/notices/NoticeSettings.vue'), meta: { title: 'noticeSettings' } },
    {
      path: '/admin',
      component: () => import('./pages/admin/Admin.vue'),
      meta: { admin: true },
      children: [
        { path: '', redirect: '/admin/definitions' },
        { path: 'definitions', component: () => import('./pages/admin/definitions/Definitions.vue'), meta: { title: 'definitions' } },
        { path: 'definitions/:key/versions', component: () => import('./pages/admin/definitions/Versions.vue'), meta: { title: 'definitions' } },
        { path: 'definitions/:key/migration', component: () => import('./pages/admin/migration/Migration.vue'), meta: { title: 'definitions' } },
        { path: 'definitions/:key/forms/:form?', component: () => import('./pages/admin/forms/Forms.vue'), meta: { title: 'forms' } },
        { path: 'instances', component: () => import('./pages/admin/instances/Instances.vue'), meta: { title: 'instances' } },
        { path: 'people', component: () => import('./pages/admin/people/People.vue'), meta: { title: 'people' } },
        { path: 'papers', component: () => import('./pages/admin/papers/Papers.vue'), meta: { title: 'papers' } },
        { path: 'mail', component: () => import('./pages/admin/mail/Mail.vue'), meta: { title: 'mail' } },
        { path: 'channels', component: () => import('./pages/admin/channels/Channels.vue'), meta: { title: 'channels' } },
        { path: 'webhooks', component: () => import('./pages/admin/webhooks/Webhooks.vue'), meta: { title: 'webhooks' } },
        { path: 'settings', component: () => import('./pages/admin/settings/Settings.vue'), meta: { title: 'settings' } },
        { path: 'safety', component: () => import('./pages/admin/safety/Safety.vue'), meta: { title: 'safety' } },
        { path: 'calendar', component: () => import('./pages/admin/calendar/Calendar.vue'), meta: { title: 'calendar' } },
        { path: 'schedules', component: () => import('./pages/admin/schedules/Schedules.vue'), meta: { title: 'schedules' } },
      ],
    },
    { path: '/admin/modeler/:key?', component: () => import('./pages/admin/modeler/ModelerPage.vue'), meta: { admin: true, title: 'modeler' } },
    { path: '/forbidden', component: () => import('./pages/missing/Forbidden.vue'), meta: { title: 'forbidden' } },
    { path: '/:rest(.*)*', component: () => import('./pages/missing/Missing.vue'), meta: { title: 'missing' } },
  ],
});

function toLogin(to: RouteLocationNormalized) {
  return { path: '/login', query: to.fullPath === '/' ? {} : { next: to.fullPath } };
}

router.beforeEach(async (to) => {
  if (to.meta.open) return true;
  if (!session.user) {
    try {
      if (!(await loadSession())) return toLogin(to);
    } catch (problem) {
      if (problem instanceof ApiError && problem.status === 403 && to.path === '/password') return true;
      throw problem;
    }
  }
  if (session.mustChange && to.path !== '/password') return { path: '/password', query: { next: to.fullPath } };
  if (session.mustEnrol && !['/password', '/security'].includes(to.path)) return { path: '/security', query: { next: to.fullPath } };
  if ((to.meta.admin && !session.admin) || (to.meta.board && !session.may.board) || (to.meta.reads && !session.may.reads) || (to.meta.keeping && !session.may.keeping) || (to.meta.heat && !session.admin && !session.may.board)) return { path: '/forbidden' };
  return true;
});
