import { defineAsyncComponent, type Component } from 'vue';

import Loading from '../parts/Loading.vue';

/** A part of a page that is fetched when it is wanted; should that take long, the page says so meanwhile. */
export function later<T extends Component>(loader: () => Promise<{ default: T }>) {
  return defineAsyncComponent({ loader, loadingComponent: Loading, delay: 300 });
}
