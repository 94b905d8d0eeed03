-- Pandoc reads every form that a cell gives its result in: text, HTML, a picture, a formula. This keeps the best one that the
-- document can show.

local for_browsers = FORMAT:match('html') ~= nil

local function read(text, format)
  return pandoc.read(text, format).blocks
end

local function has_table(blocks)
  local found = false
  blocks:walk({ Table = function() found = true end })
  return found
end

-- How good a form is (1 is best), and its blocks. Nothing where the document cannot show it.
local function form(block)
  if block.t ~= 'RawBlock' then
    return block.t == 'CodeBlock' and 5 or 4, pandoc.Blocks({ block })
  elseif block.format == 'markdown' then
    return 2, read(block.text, 'markdown')
  elseif block.format == 'latex' then
    return 3, read(block.text, 'latex')
  elseif block.format == 'html' and for_browsers then
    return 1, pandoc.Blocks({ block })
  elseif block.format == 'html' then
    -- The tables of pandas. What draws with scripts cannot be drawn on paper.
    local blocks = read(block.text, 'html')
    if has_table(blocks) then
      return 1, blocks
    end
  end
end

function Div(div)
  if not (div.classes:includes('execute_result') or div.classes:includes('display_data')) then
    return nil
  end
  local best, kept
  for _, block in ipairs(div.content) do
    local rank, blocks = form(block)
    if rank and (not best or rank < best) then
      best, kept = rank, blocks
    end
  end
  div.content = kept or pandoc.Blocks({})
  return div
end
