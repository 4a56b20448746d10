// The dialog of the open event or actor: beside the list where there is room, over it where there is not.

/** Opens or closes the panel. Returns the id of the event that it showed, when it closes. */
export function syncPanel(
  panel: HTMLDialogElement,
  isWanted: boolean,
  isModal: boolean,
  event: string | undefined,
): string | undefined {
  const shown = panel.dataset['event'];
  if (event) panel.dataset['event'] = event;
  if (panel.open && (!isWanted || isModal !== panel.matches(':modal'))) panel.close();
  else if (panel.open || !isWanted) return undefined;
  if (!isWanted) return shown;
  if (isModal) panel.showModal();
  else panel.show();
  return undefined;
}
