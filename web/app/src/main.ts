import { provideGlobalConfig } from 'element-plus';
import en from 'element-plus/es/locale/lang/en.mjs';
import zh from 'element-plus/es/locale/lang/zh-cn.mjs';
import { computed, createApp } from 'vue';

import App from './App.vue';
import { cards } from './lib/cards';
import { dropOldDrafts } from './lib/drafts';
import { tellError } from './lib/tell';
import { language } from './lib/words';
import { router } from './router';

import 'element-plus/theme-chalk/base.css';
import './style.css';

dropOldDrafts();
const app = createApp(App);
app.config.errorHandler = tellError;
provideGlobalConfig(computed(() => ({ locale: language.value === 'zh' ? zh : en })), app, true);
app.directive('cards', cards);
app.use(router);
app.mount('#app');
