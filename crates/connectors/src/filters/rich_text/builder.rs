//! Builds a tree from what readers come across: what opens, what closes, and texts in between. Nothing needs to fit
//! together: what is out of place finds one, what is left open is closed at the end.

use super::{
    Block, Content, Item, MAX_DEPTH, Panel, Span, Style, flattened, is_writable, push_text, trimmed,
};

/// How many frames may be open: items, rows and cells lie within lists and tables.
const MAX_FRAMES: usize = 4 * MAX_DEPTH;

/// How many bytes of links all pieces of lines have together. A link may be long and hold many pieces.
const MAX_LINKS: usize = 1024 * 1024;

/// What can be opened and closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::filters) enum Kind {
    Quote(Option<Panel>),
    /// A list, numbered from a first number should it be numbered.
    List(Option<u64>),
    Item,
    Table,
    Row,
    Cell,
}

impl Kind {
    /// Whether it holds items or cells. Others lie in one of these, and their ends may be left out.
    fn is_container(self) -> bool {
        matches!(self, Self::Quote(_) | Self::List(_) | Self::Table)
    }

    /// Whether both are the same but for what they say.
    fn is_like(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }

    /// Whether this ends nothing outside of what is open: what is in a cell does not end the table around it.
    fn ends_within(self, open: Self) -> bool {
        match self {
            Self::Table => false,
            Self::Row | Self::Cell => open == Self::Table,
            Self::Quote(_) | Self::List(_) | Self::Item => open == Self::Cell,
        }
    }
}

/// A tree that is being built.
#[derive(Debug)]
pub(in crate::filters) struct Builder {
    frames: Vec<Frame>,
    /// What was opened too deep, and is not there.
    too_deep: usize,
    /// How many bytes of links there may still be.
    room_for_links: usize,
    /// The line that is being built.
    spans: Vec<Span>,
    pub(in crate::filters) style: Style,
}

#[derive(Debug)]
struct Frame {
    /// `None` for the document.
    kind: Option<Kind>,
    blocks: Vec<Block>,
    items: Vec<Item>,
    done: Option<bool>,
    /// The rows of a table, whose cells are blocks until it is known what kind of table it is.
    rows: Vec<Vec<Vec<Block>>>,
    /// Whether a table has a head, or cells that may be one.
    head: bool,
    head_cells: bool,
}

impl Frame {
    fn new(kind: Option<Kind>) -> Self {
        Self {
            kind,
            blocks: Vec::new(),
            items: Vec::new(),
            done: None,
            rows: Vec::new(),
            head: false,
            head_cells: false,
        }
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            frames: vec![Frame::new(None)],
            too_deep: 0,
            room_for_links: MAX_LINKS,
            spans: Vec::new(),
            style: Style::default(),
        }
    }
}

impl Builder {
    /// Adds a text to the line, as it is styled now.
    pub(in crate::filters) fn text(&mut self, text: &str) {
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                self.spans.push(Span::line_break());
            }
            let (style, before) = (self.affordable(), self.spans.len());
            push_text(&mut self.spans, line, &style);
            if self.spans.len() > before {
                self.pay_for(&style);
            }
        }
    }

    /// Adds something else to the line.
    pub(in crate::filters) fn content(&mut self, content: Content) {
        let style = self.affordable();
        self.pay_for(&style);
        self.spans.push(Span { content, style });
    }

    /// The style, without its link where there have been too many.
    fn affordable(&self) -> Style {
        let link = self.style.link.clone().filter(|link| link.len() <= self.room_for_links);
        Style { link, ..self.style.clone() }
    }

    fn pay_for(&mut self, style: &Style) {
        self.room_for_links -= style.link.as_ref().map_or(0, |link| link.len());
    }

    /// Whether the line is empty, or ends in a blank or a break.
    pub(in crate::filters) fn at_blank(&self) -> bool {
        match self.spans.last() {
            None | Some(Span { content: Content::Break, .. }) => true,
            Some(Span { content: Content::Text(text), .. }) => text.ends_with(char::is_whitespace),
            Some(Span { content: Content::Image { .. }, .. }) => false,
        }
    }

    /// Ends the line as a paragraph.
    pub(in crate::filters) fn paragraph(&mut self) {
        let spans = trimmed(std::mem::take(&mut self.spans));
        if !spans.is_empty() {
            self.put(Block::Paragraph(spans));
        }
    }

    /// Ends the line as a heading.
    pub(in crate::filters) fn heading(&mut self, level: u8) {
        let spans = trimmed(std::mem::take(&mut self.spans));
        if !spans.is_empty() {
            self.put(Block::Heading(level, spans));
        }
    }

    /// Adds a block that is complete, after the line.
    pub(in crate::filters) fn block(&mut self, block: Block) {
        self.paragraph();
        self.put(block);
    }

    /// Says whether the task is done that the innermost item is.
    pub(in crate::filters) fn task(&mut self, done: bool) {
        if let Some(frame) = self.frames.last_mut()
            && self.too_deep == 0
        {
            frame.done = Some(done);
        }
    }

    /// Whether a cell begins where no row has.
    pub(in crate::filters) fn needs_row(&self) -> bool {
        self.too_deep == 0 && self.frames.last().is_some_and(|frame| frame.kind == Some(Kind::Table))
    }

    /// Says that the innermost table has a head.
    pub(in crate::filters) fn has_head(&mut self) {
        self.innermost_table(|table| table.head = true);
    }

    /// Says that the innermost table has cells of a head, which some pages have for their looks.
    pub(in crate::filters) fn has_head_cells(&mut self) {
        self.innermost_table(|table| table.head_cells = true);
    }

    fn innermost_table(&mut self, note: impl FnOnce(&mut Frame)) {
        if let Some(table) = self.frames.iter_mut().rfind(|frame| frame.kind == Some(Kind::Table)) {
            note(table);
        }
    }

    pub(in crate::filters) fn open(&mut self, kind: Kind) {
        self.paragraph();
        let nested = |frame: &&Frame| frame.kind.is_some_and(Kind::is_container);
        let full = self.frames.len() >= MAX_FRAMES
            || (kind.is_container() && self.frames.iter().filter(nested).count() >= MAX_DEPTH);
        if self.too_deep > 0 || full {
            self.too_deep += usize::from(kind.is_container());
            return;
        }
        self.frames.push(Frame::new(Some(kind)));
    }

    /// Closes the innermost of this kind, and what is still open in it.
    pub(in crate::filters) fn close(&mut self, kind: Kind) {
        self.paragraph();
        if self.too_deep > 0 {
            self.too_deep -= usize::from(kind.is_container());
            return;
        }
        let is_one = |frame: &Frame| frame.kind.is_some_and(|open| open.is_like(kind));
        let stops = |frame: &Frame| frame.kind.is_some_and(|open| kind.ends_within(open));
        let found = self.frames.iter().rposition(|frame| is_one(frame) || stops(frame));
        if let Some(at) = found.filter(|at| is_one(&self.frames[*at])) {
            while self.frames.len() > at {
                self.fold();
            }
        }
    }

    /// Closes an item, a row or a cell whose end nobody has told, because the next one begins.
    pub(in crate::filters) fn close_open(&mut self, kind: Kind) {
        self.paragraph();
        if self.too_deep == 0 && self.frames.last().is_some_and(|frame| frame.kind == Some(kind)) {
            self.fold();
        }
    }

    pub(in crate::filters) fn finish(mut self) -> Vec<Block> {
        self.paragraph();
        while self.frames.len() > 1 {
            self.fold();
        }
        self.frames.pop().map(|frame| frame.blocks).unwrap_or_default()
    }

    /// Puts the innermost frame into the one around it.
    fn fold(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        match frame.kind {
            Some(Kind::Quote(panel)) if !frame.blocks.is_empty() => {
                self.put(Block::Quote(panel, frame.blocks));
            }
            Some(Kind::List(first)) if !frame.items.is_empty() => {
                self.put(Block::List { first, items: frame.items });
            }
            Some(Kind::Item) => match self.frames.last_mut() {
                Some(list) if matches!(list.kind, Some(Kind::List(_))) => {
                    list.items.push(Item { done: frame.done, blocks: frame.blocks });
                }
                _ => frame.blocks.into_iter().for_each(|block| self.put(block)),
            },
            Some(Kind::Cell) => match self.frames.last_mut() {
                Some(row) if row.kind == Some(Kind::Row) => {
                    row.rows.push(vec![frame.blocks]);
                }
                _ => frame.blocks.into_iter().for_each(|block| self.put(block)),
            },
            Some(Kind::Row) => match self.frames.last_mut() {
                Some(table) if table.kind == Some(Kind::Table) => {
                    table.rows.push(frame.rows.into_iter().flatten().collect());
                }
                _ => frame.rows.into_iter().flatten().flatten().for_each(|block| self.put(block)),
            },
            Some(Kind::Table) => self.table(frame),
            _ => {}
        }
    }

    /// A table with a head, or in which everything is a cell of a line, stays one. Others are there for the looks of a page.
    fn table(&mut self, frame: Frame) {
        let columns = frame.rows.first().map_or(0, Vec::len);
        let is_data = columns > 1
            && frame.rows.len() > 1
            && frame.rows.iter().all(|row| row.len() == columns)
            && frame.rows.iter().flatten().all(|cell| matches!(cell.as_slice(), [] | [Block::Paragraph(_)]));
        let is_small =
            |block: &Block| matches!(block, Block::Paragraph(_) | Block::List { .. } | Block::Code { .. });
        let is_headed = frame.head_cells
            && columns > 1
            && frame.rows.len() > 1
            && frame.rows.iter().flatten().flatten().all(is_small);
        if columns == 0 || !(frame.head || is_data || is_headed) {
            return frame.rows.into_iter().flatten().flatten().for_each(|block| self.put(block));
        }
        let rows = frame.rows.into_iter().map(|row| row.into_iter().map(flattened).collect());
        let rows: Vec<Vec<Vec<Span>>> = rows.collect();
        if is_writable(&rows) {
            self.put(Block::Table(rows));
        } else {
            rows.into_iter().flatten().for_each(|cell| self.put(Block::Paragraph(cell)));
        }
    }

    /// Puts a block where blocks go now: between the items of a list it becomes an item, between the cells of a row a cell.
    fn put(&mut self, block: Block) {
        let Some(frame) = self.frames.last_mut() else { return };
        match frame.kind {
            Some(Kind::List(_)) => match frame.items.last_mut() {
                // A list that stands beside the item that it belongs to.
                Some(item) if matches!(block, Block::List { .. }) => item.blocks.push(block),
                _ => frame.items.push(Item { done: None, blocks: vec![block] }),
            },
            Some(Kind::Row) => frame.rows.push(vec![vec![block]]),
            Some(Kind::Table) => frame.rows.push(vec![vec![block]]),
            _ => frame.blocks.push(block),
        }
    }
}
