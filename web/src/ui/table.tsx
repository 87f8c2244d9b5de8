import { type ColumnDef, type Row, type RowData, flexRender, getCoreRowModel, getSortedRowModel, useReactTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { clsx } from "clsx";
import { ArrowDown, ArrowUp } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { SkeletonLines } from "./skeleton";
import { useRowKeys } from "./row-keys";
import { useUrlSort } from "./url-sort";

declare module "@tanstack/react-table" {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- the library fixes the parameters
  interface ColumnMeta<TData extends RowData, TValue> {
    /** Classes of the column's cells: width, alignment, and from which page width it is shown. */
    className?: string;
  }
}

/** From here on only the rows in sight are in the document. */
const VIRTUAL_FROM = 200;
const ROW_HEIGHT = 41;

interface Props<T extends { id: string }> {
  /** Names the table. */
  label: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each column has its own value type
  columns: ColumnDef<T, any>[];
  rows: T[] | undefined;
  onOpen: (row: T) => void;
  empty: ReactNode;
  /** Below the rows, such as a button for more. */
  footer?: ReactNode;
}

/** Rows that sort by their headings (the address holds by which), open on click and with Enter, and move with j/k or the arrows. */
export function DataTable<T extends { id: string }>({ label, columns, rows, onOpen, empty, footer }: Props<T>) {
  const [sorting, setSorting] = useUrlSort();
  const box = useRef<HTMLDivElement>(null);
  const table = useReactTable({
    data: rows ?? [],
    columns,
    state: { sorting },
    onSortingChange: (next) => setSorting(typeof next === "function" ? next(sorting) : next),
    getRowId: (row) => row.id,
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
  });
  const model = table.getRowModel().rows;
  const virtual = model.length > VIRTUAL_FROM;
  const virtualizer = useVirtualizer({
    count: model.length,
    enabled: virtual,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  useRowKeys(box, (index) => {
    const row = model[index];
    if (row) onOpen(row.original);
  }, virtual ? (index) => virtualizer.scrollToIndex(index) : undefined, model.length);

  if (rows?.length === 0) return <>{empty}</>;
  const items = virtual ? virtualizer.getVirtualItems() : null;
  const shown = items ? items.map((item) => item.index) : model.map((_, index) => index);
  const before = items?.[0]?.start ?? 0;
  const after = items ? virtualizer.getTotalSize() - (items[items.length - 1]?.end ?? 0) : 0;
  return (
    <div ref={box} className={clsx("overflow-auto rounded-lg border border-line bg-surface", virtual && "max-h-[72vh]")}>
      <table aria-label={label} aria-rowcount={model.length} className="w-full border-separate border-spacing-0">
        <thead className="sticky top-0 z-10 bg-surface">
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => {
                const sorted = header.column.getIsSorted();
                const heading = flexRender(header.column.columnDef.header, header.getContext());
                return (
                  <th
                    key={header.id}
                    scope="col"
                    aria-sort={sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : undefined}
                    className={clsx("h-9 border-b border-line px-4 text-left text-xs font-medium whitespace-nowrap text-muted", header.column.columnDef.meta?.className)}
                  >
                    {header.column.getCanSort() ? (
                      <button type="button" className="inline-flex items-center gap-1 rounded hover:text-text" onClick={header.column.getToggleSortingHandler()}>
                        {heading}
                        {sorted === "asc" && <ArrowUp aria-hidden className="size-3" />}
                        {sorted === "desc" && <ArrowDown aria-hidden className="size-3" />}
                      </button>
                    ) : heading}
                  </th>
                );
              })}
            </tr>
          ))}
        </thead>
        <tbody>
          {before > 0 && <tr aria-hidden><td style={{ height: before }} /></tr>}
          {shown.map((index) => model[index] && <TableRow key={model[index].id} row={model[index]} index={index} onOpen={onOpen} />)}
          {after > 0 && <tr aria-hidden><td style={{ height: after }} /></tr>}
        </tbody>
      </table>
      {rows === undefined && <div className="p-4"><SkeletonLines lines={5} label={`Loading ${label.toLowerCase()}`} /></div>}
      {footer && <div className="border-t border-line p-2 text-center">{footer}</div>}
    </div>
  );
}

function TableRow<T>({ row, index, onOpen }: { row: Row<T>; index: number; onOpen: (row: T) => void }) {
  return (
    // Keys are handled for the whole table; the row's first cell holds a real link besides.
    <tr
      data-row={index}
      tabIndex={-1}
      className="group cursor-pointer outline-none hover:bg-raised focus-visible:bg-accent-soft"
      onClick={(event) => {
        // A control inside the row, or text being selected, is not a wish to open it.
        const inner = (event.target as Element).closest("a,button,input,[role=menuitem]");
        if (!inner && !window.getSelection()?.toString()) onOpen(row.original);
      }}
    >
      {row.getVisibleCells().map((cell) => (
        <td key={cell.id} className={clsx("h-10 border-b border-line px-4 py-1.5 whitespace-nowrap group-last:border-b-0", cell.column.columnDef.meta?.className)}>
          {flexRender(cell.column.columnDef.cell, cell.getContext())}
        </td>
      ))}
    </tr>
  );
}
