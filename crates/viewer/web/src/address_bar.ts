// Keeps the view in the address of the page: in the fragment, which servers and logs never see, or in the query.

import { fromUrl, isOwnName, toUrl, type View } from './view.js';

export type Place = 'hash' | 'query' | 'none';

export class AddressBar {
  constructor(
    readonly place: Place,
    private readonly base: View,
  ) {}

  read(): View {
    if (this.place === 'none') return this.base;
    return fromUrl(this.place === 'query' ? location.search : location.hash.slice(1), this.base);
  }

  /** Returns the link to a view, relative to the page. */
  link(view: View): string {
    const text = toUrl(view, this.base);
    if (this.place !== 'query') return `#${text}`;
    // The page's own parameters stay.
    const others = [...new URLSearchParams(location.search)].filter(([name]) => !isOwnName(name));
    const parts = [new URLSearchParams(others).toString(), text].filter(Boolean);
    return `${location.pathname}${parts.length ? `?${parts.join('&')}` : ''}`;
  }

  write(view: View): void {
    if (this.place === 'none') return;
    const link = this.link(view);
    const url = new URL(link === '#' ? location.pathname + location.search : link, location.href).href;
    if (url !== location.href) history.pushState(history.state, '', url);
  }
}
